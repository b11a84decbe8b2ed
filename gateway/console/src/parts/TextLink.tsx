import { Anchor, type AnchorProps } from "@mantine/core";
import { Link, type LinkProps } from "@tanstack/react-router";
import type { ReactNode } from "react";

type Props = AnchorProps & { to: LinkProps; "aria-label"?: string; children: ReactNode };

/** A link in a text, to a place that was made out elsewhere. */
export function TextLink({ to, ...anchor }: Props) {
  return <Anchor size="sm" {...anchor} renderRoot={(props) => <Link {...to} {...props} />} />;
}
