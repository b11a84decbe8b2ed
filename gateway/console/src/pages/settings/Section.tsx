import { Title } from "@mantine/core";
import { type ReactNode, useId } from "react";

import classes from "./Section.module.css";

/** A part of a side panel, by its title. */
export function Section({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <section className={classes.section} aria-labelledby={id}>
      <Title order={3} size="h5" id={id} mb={6}>
        {title}
      </Title>
      {children}
    </section>
  );
}
