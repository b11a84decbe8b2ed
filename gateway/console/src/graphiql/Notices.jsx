import { pick, useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { useEffect, useMemo, useRef } from "react";

import { problemsOf, remediesOf } from "./problems.js";

const STREAM = {
  opening: "Opening the stream …",
  open: "Live: what happens from now on comes in on top. The square button ends it.",
  lost: "The connection was lost. Trying again …",
};

const NARROW = matchMedia("(max-width: 720px)");

/** What stands above a result: that it is live, what it says went wrong, and what it says to do. */
export function Notices({ stream }) {
  const { tabs, activeTabIndex, isFetching } = useGraphiQL(pick("tabs", "activeTabIndex", "isFetching"));
  const { stop } = useGraphiQLActions();
  const place = useRef(null);
  const tab = tabs[activeTabIndex];
  const problems = useMemo(() => problemsOf(tab?.response), [tab?.response]);
  const remedies = useMemo(() => remediesOf(tab?.response), [tab?.response]);

  // A stream writes into the tab that is open, so it ends where another one is opened.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another tab is what ends it
  useEffect(() => stop, [tab?.id, stop]);

  // Stacked, the result may be out of sight.
  useEffect(() => {
    if (isFetching && NARROW.matches) place.current.closest(".graphiql-response").scrollIntoView();
  }, [isFetching]);

  useEditorsThatFit();

  return (
    <div ref={place}>
      {stream && (
        <p className={`stream ${stream}`} role="status">
          {STREAM[stream]}
        </p>
      )}
      {problems.length > 0 && (
        <section className="problems" role="alert" aria-label="What went wrong">
          <h2>{problems.length === 1 ? "One problem" : `${problems.length} problems`}</h2>
          <ul>
            {problems.map((problem) => (
              <li key={`${problem.message}-${problem.facts.join()}`}>
                <p>{problem.message}</p>
                {problem.remedy && <p>What to do: {problem.remedy}</p>}
                <p className="facts">{problem.facts.join(" · ")}</p>
              </li>
            ))}
          </ul>
        </section>
      )}
      {remedies.length > 0 && (
        <details className="remedies">
          <summary>
            {remedies.length === 1 ? "What to do, to copy" : `What to do, to copy: ${remedies.length} ways`}
          </summary>
          {remedies.map((remedy) => (
            <p key={remedy}>{remedy}</p>
          ))}
        </details>
      )}
    </div>
  );
}

/** Long lines wrap everywhere, and a phone has no room for what stands beside the text. */
function useEditorsThatFit() {
  const editors = useGraphiQL(pick("queryEditor", "variableEditor", "responseEditor"));
  // biome-ignore lint/correctness/useExhaustiveDependencies: an editor that is there anew is fitted anew
  useEffect(() => {
    function adapt() {
      const options = NARROW.matches
        ? { wordWrap: "on", fontSize: 13, lineNumbers: "off", folding: false, lineDecorationsWidth: 0 }
        : { wordWrap: "on" };
      for (const editor of Object.values(editors)) editor?.updateOptions(options);
    }
    adapt();
    NARROW.addEventListener("change", adapt);
    return () => NARROW.removeEventListener("change", adapt);
  }, [editors.queryEditor, editors.variableEditor, editors.responseEditor]);
}
