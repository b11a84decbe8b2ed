import { Anchor, type AnchorProps, Button, type ButtonProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import type { AnchorHTMLAttributes, Ref } from "react";

type Bare = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, "style"> & { ref?: Ref<HTMLAnchorElement> };

/** A link to a place of the page, in a text. */
export const AnchorLink = createLink((props: Bare & AnchorProps) => <Anchor {...props} />);

/** A link to a place of the page that looks like a button: the next step. */
export const ButtonLink = createLink((props: Bare & ButtonProps) => <Button component="a" {...props} />);
