import { Agent, request } from "undici";

/** Callers that ask again as soon as they are answered. */
export interface ClosedLoop {
  /** Answers by status; `failed` where no answer came. */
  readonly answers: Map<number | "failed", number>;
  /** Lets each caller finish the request that it is at; resolves when all have. */
  stop(): Promise<void>;
}

/** Who asks. */
export interface Callers {
  readonly consumer: string;
  readonly count: number;
  /** Between an answer and the next request, in milliseconds. */
  readonly pauseMs?: number;
}

/** Starts callers, spread evenly over the base URLs. */
export function closedLoop(baseUrls: readonly string[], everyone: readonly Callers[]): ClosedLoop {
  const agent = new Agent({ connections: 200, headersTimeout: 0 });
  const answers = new Map<number | "failed", number>();
  const stopping = new AbortController();
  let callers = 0;
  const count = (answer: number | "failed"): void => {
    answers.set(answer, (answers.get(answer) ?? 0) + 1);
  };
  const call = async (base: string, { consumer, pauseMs = 0 }: Callers): Promise<void> => {
    for (let turn = 0; !stopping.signal.aborted; turn += 1) {
      try {
        const url = `${base}/ticket/${(turn % 9) + 1}`;
        const headers = { "Sluice-Consumer": consumer };
        const { statusCode, body } = await request(url, { headers, dispatcher: agent });
        await body.dump();
        count(statusCode);
      } catch {
        count("failed");
      }
      if (pauseMs > 0) {
        await new Promise((resolve) => {
          setTimeout(resolve, pauseMs);
        });
      }
    }
  };
  const running = everyone.flatMap((group) =>
    Array.from({ length: group.count }, () => {
      const base = baseUrls[callers % baseUrls.length] ?? "";
      callers += 1;
      return call(base, group);
    }),
  );
  return {
    answers,
    async stop() {
      stopping.abort();
      await Promise.all(running);
      await agent.close();
    },
  };
}
