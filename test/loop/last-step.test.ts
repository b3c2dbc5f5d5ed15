import { expect, it } from "vitest";
import { Session, whereItStands } from "../../src/loop/index.js";
import { makeParts } from "./fakes.js";

const fresh = whereItStands([]);
const turns = async (test: () => boolean): Promise<void> => {
  while (!test()) await new Promise((r) => setImmediate(r));
};

/** Something that comes while the last step of the budget is being written: the loop must rest, not spin. */
function atLastStep(session: Session, act: () => Promise<unknown>): void {
  session.subscribe((event) => {
    if (event.type === "step" && event.step.step === 2) void act();
  });
}

it("paused in the last step: rests like any pause, ends after it", async () => {
  const session = new Session(makeParts({ budget: { steps: 2 } }), fresh);
  atLastStep(session, () => session.pause("me"));
  const done = session.run();
  await turns(() => session.state().state === "paused" && session.state().stage === "paused");
  expect(session.state().step).toBe(2);
  await session.resume("me");
  expect(await done).toMatchObject({ state: "finished", step: 2 });
  session.close();
});

it("E-stop in the last step: dark until a person goes on", async () => {
  const parts = makeParts({ budget: { steps: 2 } });
  const session = new Session(parts, fresh);
  atLastStep(session, () => session.panic("smoke", "me"));
  const done = session.run();
  await turns(() => session.state().stage === "dark");
  await session.resume("me");
  expect(await done).toMatchObject({ state: "finished", step: 2 });
  session.close();
});

it("E-stop in the last step of a run that nobody attends: it ends, and its steps are kept", async () => {
  const parts = makeParts({ budget: { steps: 2 }, unattended: true });
  const session = new Session(parts, fresh);
  atLastStep(session, () => session.panic("its lease lapsed", "the daemon"));
  expect(await session.run()).toMatchObject({ state: "failed", step: 2 });
  expect(parts.journal.records).toHaveLength(2);
  session.close();
});
