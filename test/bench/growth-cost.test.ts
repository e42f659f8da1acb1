import { describe, expect, it } from "vitest";
import { costs } from "./growth-cost.ts";

describe("costs()", () => {
  it("lets the sites take turns, and tells the cost of one piece of work at each", async () => {
    const order: number[] = [];
    const site = (size: number) => ({
      size,
      prepare: async () => void order.push(-size),
      work: async (count: number) => {
        order.push(size);
        const end = process.cpuUsage().user + count * size * 10;
        while (process.cpuUsage().user < end);
      },
    });
    const points = await costs([site(10), site(100)], 2);
    expect(order.slice(0, 6)).toEqual([-10, 10, -100, 100, -10, 10]);
    expect(points.map(({ size }) => size)).toEqual([10, 100]);
    const [small, large] = points.map(({ micros }) => micros);
    expect(Number(large)).toBeGreaterThan(Number(small));
    expect(Number(small)).toBeGreaterThanOrEqual(100);
  });
});
