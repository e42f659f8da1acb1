import { describe, expect, it } from "vitest";
import { mergeMetrics } from "../../src/workers/merge-metrics.ts";

const ONE = `# HELP sluice_exchanges_total Exchanges.
# TYPE sluice_exchanges_total counter
sluice_exchanges_total{route="GET /a{b} c"} 3
# HELP sluice_up Up.
# TYPE sluice_up gauge
sluice_up 1
`;

const OTHER = `# HELP sluice_exchanges_total Exchanges.
# TYPE sluice_exchanges_total counter
sluice_exchanges_total{route="GET /d"} 4
# HELP sluice_only_here Here.
# TYPE sluice_only_here gauge
sluice_only_here{} 2
`;

describe("mergeMetrics()", () => {
  it("labels each sample by worker and keeps each family together under one head", () => {
    expect(
      mergeMetrics([
        { worker: 1, text: ONE },
        { worker: 2, text: OTHER },
      ]),
    ).toBe(`# HELP sluice_exchanges_total Exchanges.
# TYPE sluice_exchanges_total counter
sluice_exchanges_total{worker="1",route="GET /a{b} c"} 3
sluice_exchanges_total{worker="2",route="GET /d"} 4
# HELP sluice_up Up.
# TYPE sluice_up gauge
sluice_up{worker="1"} 1
# HELP sluice_only_here Here.
# TYPE sluice_only_here gauge
sluice_only_here{worker="2"} 2
`);
  });
});
