import { describe, expect, it } from "vitest";
import { readCreate, readPatch, readRotate, readGate } from "../../src/operate/consumer-orders.ts";
import { consumerOperations, orderOperations } from "../../src/operate/order-operations.ts";
import { readPurge, readWarm } from "../../src/operate/orders.ts";
import { readPause, readResume } from "../../src/operate/pause-routes.ts";

const routes = [{ groups: ["tickets"] }];
const KNOWN = { upstreams: [{ name: "api", mount: "/api", routes }], consumers: [] };

const READERS: Readonly<Record<string, (body: unknown) => object>> = {
  "post /pause": (body) => readPause(body, KNOWN),
  "post /resume": (body) => readResume(body, KNOWN),
  "post /purge": (body) => readPurge(body, KNOWN),
  "post /warm": (body) => readWarm(body, KNOWN),
  "post /consumers": readCreate,
  "post /consumers/{name}/rotate": readRotate,
  "patch /consumers/{name}": readPatch,
  "patch /consumers": readGate,
};

describe.each([...orderOperations, ...consumerOperations].filter(({ body }) => body))(
  "the body of $method $path",
  ({ method, path, body }) => {
    const read = READERS[`${method} ${path}`];

    it("has an example that is understood", () => {
      expect(read?.(body?.example)).not.toHaveProperty("refused");
    });

    it("names no member that is not known", () => {
      for (const name of Object.keys(body?.schema["properties"] ?? {})) {
        const told = JSON.stringify(read?.({ [name]: {} }) ?? {});
        expect(told).not.toMatch(/Not known|Unrecognized key/i);
      }
    });
  },
);
