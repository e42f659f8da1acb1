import { connect, type Socket } from "node:net";
import { Agent, request } from "undici";
import { again, delay, EVERYWHERE, over, pick, type Fault } from "./fault.ts";
import type { Instance, World } from "./world.ts";

/*
 * What happens to the processes of the gateway, and what clients do to them.
 */

const BRIEF = { on: EVERYWHERE, holdMs: 2000, afterMs: 2000, problems: [] } as const;

/** A process is killed; another one starts on a port of its own. */
const killed: Fault = {
  ...BRIEF,
  name: "instance killed (SIGKILL)",
  async begin(world, random) {
    const one = pick(world.instances, random);
    await world.kill(one);
    return async () => {
      world.remove(one);
      await world.add();
    };
  },
};

const frozen: Fault = {
  ...BRIEF,
  name: "instance frozen (SIGSTOP)",
  // What it had sent has timed out when it goes on, and its drain has not begun.
  problems: ["upstream-timeout", "upstream-unreachable", "upstream-broke-off", "store-unavailable"],
  holdMs: 3000,
  async begin(world, random) {
    const one = pick(world.instances, random);
    one.process.child.kill("SIGSTOP");
    return async () => {
      one.process.child.kill("SIGCONT");
    };
  },
};

const blocked: Fault = {
  ...BRIEF,
  name: "event loop blocked for 1 s",
  problems: ["store-unavailable"],
  async begin(world, random) {
    pick(world.instances, random).process.child.kill("SIGUSR2");
    return over;
  },
};

const clockAhead = clockFault("wall clock of an instance jumps 5 s ahead, and back", "SIGPWR");
const clockBehind = clockFault("wall clock of an instance jumps 5 s behind, and back", "SIGWINCH");

function clockFault(name: string, jump: "SIGPWR" | "SIGWINCH"): Fault {
  return {
    ...BRIEF,
    name,
    async begin(world, random) {
      const { child } = pick(world.instances, random).process;
      child.kill(jump);
      return async () => {
        child.kill(jump === "SIGPWR" ? "SIGWINCH" : "SIGPWR");
      };
    },
  };
}

/** Every process makes way for a new one, one after the other. */
const deploy: Fault = {
  ...BRIEF,
  name: "rolling deploy of all instances",
  holdMs: 0,
  async begin(world) {
    const olds = world.instances;
    for (const old of olds) {
      await world.add();
      const code = await old.process.stop("SIGTERM");
      world.remove(old);
      // One that another fault has killed has no code.
      if (code) throw new Error(`An instance ended with ${code}: ${old.process.errors()}`);
    }
    return over;
  },
};

/** Clients that go away while they wait. */
const vanishing: Fault = {
  ...BRIEF,
  name: "clients that vanish",
  begin: async (world) => {
    const agent = new Agent({ connections: 20 });
    const stop = again(20, async () => {
      const { url } = first(world);
      const signal = AbortSignal.timeout(30);
      const headers = { "Sluice-Consumer": "vanishing" };
      const options = { signal, headers, dispatcher: agent };
      await request(`${url}/invoice/1`, options).then(({ body }) => body.dump());
    });
    return async () => {
      await stop();
      await agent.destroy();
    };
  },
};

/** Clients whose requests come byte by byte, and never to an end. */
const dripping = socketsFault("clients that drip", (socket, url) => {
  const text = `PUT /ticket/40 HTTP/1.1\r\nHost: ${url.host}\r\nContent-Length: 1000\r\n\r\n{`;
  let at = 0;
  const timer = setInterval(() => {
    socket.write(text[at] ?? " ");
    at += 1;
  }, 15);
  socket.once("close", () => clearInterval(timer));
});

/** Clients that ask and ask, and never read. */
const deaf = socketsFault("clients that never read", (socket, url) => {
  socket.pause();
  const one = `GET /ticket/39 HTTP/1.1\r\nHost: ${url.host}\r\nSluice-Consumer: deaf\r\n\r\n`;
  socket.write(one.repeat(200));
});

function socketsFault(name: string, perform: (socket: Socket, url: URL) => void): Fault {
  return {
    ...BRIEF,
    name,
    async begin(world) {
      const sockets = world.instances.flatMap((instance) =>
        Array.from({ length: 10 }, () => open(instance, perform)),
      );
      await delay(0);
      return async () => {
        for (const socket of sockets) socket.destroy();
      };
    },
  };
}

function open(instance: Instance, perform: (socket: Socket, url: URL) => void): Socket {
  const url = new URL(instance.url);
  const socket = connect(Number(url.port), url.hostname);
  socket.on("error", () => {});
  perform(socket, url);
  return socket;
}

function first({ instances }: World): Instance {
  const [instance] = instances;
  if (!instance) throw new Error("There is no instance.");
  return instance;
}

/** Faults of instances and of clients. */
export const INSTANCE_FAULTS: readonly Fault[] = [
  killed,
  frozen,
  blocked,
  clockAhead,
  clockBehind,
  deploy,
  vanishing,
  dripping,
  deaf,
];
