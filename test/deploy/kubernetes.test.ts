import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { loadSettings } from "../../src/config/load.ts";
import { repositoryFile, repositoryPath } from "./repository-file.ts";

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

interface Container {
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string }[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly securityContext: unknown;
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly lifecycle: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}

interface Deployment {
  readonly spec: {
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly securityContext: unknown;
        readonly automountServiceAccountToken: boolean;
        readonly containers: readonly Container[];
        readonly volumes: readonly { readonly name: string }[];
      };
    };
  };
}

const run = promisify(execFile);

function manifest(name: string): unknown {
  return parse(repositoryFile(`config/kubernetes/${name}`));
}

const { spec } = manifest("deployment.yaml") as Deployment;
const pod = spec.template.spec;
const [container] = pod.containers;
if (!container) throw new Error("The pod has no container.");

const variables = {
  REDIS_URL: "redis://redis:6379",
  SLUICE_UPSTREAM_URL: "https://billing.example.com/api",
  SLUICE_APP_KEY: "app-key-0001",
  SLUICE_ADMIN_TOKEN: "admin-token-0001",
  SLUICE_CONSUMER_KEY: "consumer-key-0001",
};
const settings = loadSettings({
  file: repositoryPath("config/kubernetes/sluice.yaml"),
  environment: variables,
});

/** What `kubectl kustomize` makes of the folder, where kubectl is installed. */
async function built(): Promise<string | undefined> {
  try {
    const folder = repositoryPath("config/kubernetes");
    return (await run("kubectl", ["kustomize", folder])).stdout;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

describe("config/kubernetes/deployment.yaml", () => {
  it("listens where the ports and probes say", () => {
    const ports = new Map(container.ports.map(({ name, containerPort }) => [name, containerPort]));
    expect(ports.get("http")).toBe(settings.listen.port);
    expect(ports.get("admin")).toBe(settings.admin.port);
    const { startupProbe, livenessProbe, readinessProbe } = container;
    expect(startupProbe.httpGet).toEqual({ path: "/startupz", port: "admin" });
    expect(livenessProbe.httpGet).toEqual({ path: "/livez", port: "admin" });
    expect(readinessProbe.httpGet).toEqual({ path: "/readyz", port: "admin" });
  });

  it("leaves time for preStop and the whole drain", () => {
    const leftMs =
      (pod.terminationGracePeriodSeconds - container.lifecycle.preStop.sleep.seconds) * 1000;
    expect(settings.drainMs + 1000).toBeLessThan(leftMs);
  });

  it("may do little: another user than root, nothing writable but /tmp, no capabilities", () => {
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true });
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    const mounted = container.volumeMounts.map(({ name }) => name);
    expect(pod.volumes.map(({ name }) => name).toSorted()).toEqual(mounted.toSorted());
  });

  it("selects its own pods, as do the service, the budget and the policy", () => {
    const { labels } = spec.template.metadata;
    expect(spec.selector.matchLabels).toEqual(labels);
    expect(manifest("service.yaml")).toMatchObject({ spec: { selector: labels } });
    const selector = { matchLabels: labels };
    expect(manifest("disruption-budget.yaml")).toMatchObject({ spec: { selector } });
    expect(manifest("network-policy.yaml")).toMatchObject({ spec: { podSelector: selector } });
  });

  it("starts the configuration that is mounted", () => {
    expect(container.args.slice(-2)).toEqual(["--config", "/etc/sluice/sluice.yaml"]);
    expect(container.volumeMounts).toContainEqual({
      name: "config",
      mountPath: "/etc/sluice",
      readOnly: true,
    });
  });
});

describe("config/kubernetes/kustomization.yaml", () => {
  it("is built by kubectl, where there is one, with the configuration in a map", async () => {
    const text = await built();
    const kinds = [...(text ?? "").matchAll(/^kind: (\w+)$/gm)].map(([, kind]) => kind);
    const expected = ["ConfigMap", "Deployment", "NetworkPolicy", "PodDisruptionBudget", "Service"];
    expect(new Set(text === undefined ? expected : kinds)).toEqual(new Set(expected));
  });
});
