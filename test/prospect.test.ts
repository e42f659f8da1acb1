import { expect, it } from "vitest";
import { costOf, prospectOf } from "../src/prospect.ts";
import { Workbench } from "./support/workbench.ts";

it("prospectOf() takes whose a request is, what its route costs, and how urgent it is", () => {
  const { asked } = new Workbench().errand("GET", { cost: 3 });
  expect(prospectOf(asked)).toEqual({ consumer: "tester", weight: 1, cost: 3, urgency: 3 });
  expect(costOf({ route: undefined })).toBe(1);
});
