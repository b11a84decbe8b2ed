import { ActionIcon, Drawer, Group, Skeleton, Title } from "@mantine/core";
import type { LinkProps } from "@tanstack/react-router";
import { ChevronDown, ChevronUp } from "lucide-react";
import { type ReactNode, useDeferredValue } from "react";

import { isAsked } from "./asked.ts";
import { AnchorLink } from "./links.tsx";
import { counted } from "./words.ts";

type Props = {
  /** What it is, in a word. */
  name: string;
  id: string | undefined;
  /** The page that it has of its own. */
  page: LinkProps;
  among: readonly { id: string }[];
  onOpen: (id: string) => void;
  onClose: () => void;
  children: (id: string) => ReactNode;
};

/**
 * What a row is about, beside its list. The arrows lead to those before and behind it there. It opens at once, and what is
 * in it follows.
 */
export function RowPanel({ name, id, page, among, onOpen, onClose, children }: Props) {
  const drawn = useDeferredValue(id);
  const place = among.findIndex((row) => row.id === id);
  const [before, behind] = [among[place - 1], place < 0 ? undefined : among[place + 1]];
  return (
    <Drawer.Root
      opened={id !== undefined}
      onClose={() => {
        if (!isAsked()) onClose();
      }}
      position="right"
      size={620}
    >
      <Drawer.Overlay backgroundOpacity={0.18} />
      <Drawer.Content aria-label={name}>
        <Drawer.Header role="presentation">
          <Group gap={6} style={{ flex: 1 }}>
            <Title order={2} size="h4">
              {name}
            </Title>
            <AnchorLink {...page} size="sm" ml="xs">
              Open its page
            </AnchorLink>
          </Group>
          <Group gap={2} mr="xs">
            <span className="visually-hidden" role="status">
              {place < 0
                ? ""
                : `${name} ${counted(place + 1)} of the ${counted(among.length)} that are listed`}
            </span>
            <Step to={before} label="The newer one" icon={ChevronUp} onOpen={onOpen} />
            <Step to={behind} label="The older one" icon={ChevronDown} onOpen={onOpen} />
          </Group>
          <Drawer.CloseButton aria-label="Close" />
        </Drawer.Header>
        <Drawer.Body>
          {id === undefined || id === drawn ? drawn && children(drawn) : <Skeleton height={160} aria-busy />}
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

type StepProps = {
  to: { id: string } | undefined;
  label: string;
  icon: typeof ChevronUp;
  onOpen: (id: string) => void;
};

function Step({ to, label, icon: Icon, onOpen }: StepProps) {
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="md"
      aria-label={label}
      title={label}
      // Disabled it would lose the focus of whoever came to the end by it.
      aria-disabled={to === undefined}
      data-disabled={to === undefined || undefined}
      onClick={() => to && onOpen(to.id)}
    >
      <Icon size={18} aria-hidden="true" />
    </ActionIcon>
  );
}
