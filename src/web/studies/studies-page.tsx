import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { dateTime } from "../time.js";
import { InviteForm } from "./invite-form.js";
import { ResultTables } from "./result-tables.js";
import { loadStudies, opened, openStudy, revoke, saveReport, studies, trouble } from "./studies.js";

/** User studies: who has answered how much, links for testers, and the result beside the paper's. */
export function StudiesPage(): JSX.Element {
  useEffect(() => void loadStudies(), []);
  const now = studies.value?.find((s) => s.name === opened.value);
  return (
    <main class="plain stack">
      {trouble.value !== null && (
        <p class="danger-text notice" role="alert">
          {trouble.value}
        </p>
      )}
      <section class="panel" aria-labelledby="studies-title">
        <div class="plain-head">
          <h2 id="studies-title">User studies</h2>
        </div>
        {studies.value?.length === 0 && (
          <p class="dim">
            No study yet. Make one with <code>stedloop study new --dataset D --model M --out NAME</code>.
          </p>
        )}
        <ul class="studies">
          {(studies.value ?? []).map((s) => (
            <li key={s.name}>
              <button
                type="button"
                aria-pressed={s.name === opened.value}
                onClick={() => void openStudy(s.name)}
              >
                {s.name}
              </button>{" "}
              <span class="dim">
                {s.questions} questions, {s.models.map((m) => m.name).join(", ")},{" "}
                {s.datasets.map((d) => `${d.frames} frames of ${d.name}`).join(", ")}, {dateTime(s.createdAt)}
              </span>
            </li>
          ))}
        </ul>
      </section>
      {now !== undefined && (
        <>
          <section class="panel" aria-labelledby="testers-title">
            <div class="plain-head">
              <h2 id="testers-title">Testers of {now.name}</h2>
            </div>
            <ul class="testers">
              {now.testers.map((t) => (
                <li key={t.tester}>
                  <span>{t.tester}</span>
                  <progress value={t.done} max={t.total} aria-label={`${t.tester} answered`} />
                  <span class="number">
                    {t.done} of {t.total}
                  </span>
                  <button
                    type="button"
                    class="quiet"
                    aria-label={`End links of ${t.tester}`}
                    onClick={() => void revoke(now.name, t.tester)}
                  >
                    End links
                  </button>
                </li>
              ))}
            </ul>
            <InviteForm study={now.name} />
          </section>
          <section class="panel" aria-labelledby="result-title">
            <div class="plain-head">
              <h2 id="result-title">Result so far</h2>
              <button type="button" onClick={() => void saveReport(now.name)}>
                Save report
              </button>
            </div>
            <ResultTables />
          </section>
        </>
      )}
    </main>
  );
}
