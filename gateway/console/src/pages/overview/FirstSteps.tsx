import { Text } from "@mantine/core";
import type { LinkProps } from "@tanstack/react-router";
import { Check } from "lucide-react";

import type { Role } from "../../api/request.ts";
import { AnchorLink } from "../../parts/links.tsx";
import { spelled } from "../../parts/words.ts";
import { useMay } from "../../shell/viewer.ts";
import classes from "./FirstSteps.module.css";
import type { FirstStepsQuery } from "./overview.graphql.ts";

type Step = { name: string; why: string; to: LinkProps; role: Role; done: boolean };

/** From nothing to the first text: what is done is ticked, what is next is marked; gone once all is done. */
export function FirstSteps({ steps: found }: { steps: FirstStepsQuery }) {
  const { destinationCounts, sources, mappings, events } = found;
  const source = sources.edges[0]?.node.id;
  const steps: Step[] = [
    {
      name: "Add an account",
      why: "At your provider: texts go out through it.",
      to: { to: "/accounts/new" },
      role: "ADMIN",
      done: destinationCounts.connected + destinationCounts.disabled > 0,
    },
    {
      name: "Make a source",
      why: "Your application or site: its write key lets events in.",
      to: { to: "/settings/sources", search: source ? {} : { open: "new" } },
      role: "ADMIN",
      done: source !== undefined,
    },
    {
      name: "Write a mapping",
      why: "Which events lead to which text, and what it says.",
      to: { to: "/mappings/new" },
      role: "OPERATOR",
      done: mappings.edges.length > 0,
    },
    {
      name: "Send an event",
      why: "From your application, with the snippet of your source.",
      to: { to: "/settings/sources", search: { open: source } },
      role: "VIEWER",
      done: events.edges.length > 0,
    },
  ];
  const next = steps.findIndex(({ done }) => !done);
  if (next === -1) return null;
  return (
    <section aria-labelledby="first-steps">
      <h2 id="first-steps" className="visually-hidden">
        First steps
      </h2>
      <ol className={classes.steps}>
        {steps.map((step, index) => (
          <Item key={step.name} step={step} number={index + 1} isNext={index === next} />
        ))}
      </ol>
    </section>
  );
}

type ItemProps = { step: Step; number: number; isNext: boolean };

function Item({ step: { name, why, to, role, done }, number, isNext }: ItemProps) {
  const may = useMay(role);
  return (
    <li
      className={classes.step}
      data-done={done || undefined}
      data-next={isNext || undefined}
      aria-current={isNext ? "step" : undefined}
    >
      <span className={classes.mark} aria-hidden="true">
        {done ? <Check size={15} /> : number}
      </span>
      <div>
        {may ? (
          <AnchorLink {...to} size="sm" fw={600}>
            {name}
          </AnchorLink>
        ) : (
          <Text fw={600} size="sm">
            {name}
          </Text>
        )}
        {done && <span className="visually-hidden"> (done)</span>}
        <Text size="sm" c="dimmed">
          {may ? why : `${why} It takes the role ${spelled(role)}.`}
        </Text>
      </div>
    </li>
  );
}
