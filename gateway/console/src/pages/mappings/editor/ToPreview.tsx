import { Button } from "@mantine/core";
import { useInViewport } from "@mantine/hooks";
import { ArrowDown, ArrowUp } from "lucide-react";
import { useCallback, useRef } from "react";

import classes from "./Editor.module.css";

type Props = { inViewport: boolean; go: () => void };

/** The preview, and whether it is in sight. */
export function useToPreview() {
  const { ref: watched, inViewport } = useInViewport<HTMLElement>();
  const preview = useRef<HTMLElement | null>(null);
  const ref = useCallback(
    (element: HTMLElement | null) => {
      preview.current = element;
      watched(element);
    },
    [watched],
  );
  return {
    inViewport,
    ref,
    go: () => preview.current?.scrollIntoView({ block: "start" }),
  };
}

/** Where the preview stands below a long form: the way there, and back. */
export function ToPreview({ inViewport, go }: Props) {
  const Icon = inViewport ? ArrowUp : ArrowDown;
  return (
    <Button
      className={classes.toPreview}
      radius="xl"
      rightSection={<Icon size={16} aria-hidden="true" />}
      onClick={inViewport ? () => window.scrollTo({ top: 0 }) : go}
    >
      {inViewport ? "Form" : "Preview"}
    </Button>
  );
}
