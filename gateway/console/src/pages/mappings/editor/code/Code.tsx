import { Skeleton, Text } from "@mantine/core";
import { type ComponentProps, Suspense } from "react";

import { lazily } from "../../../../parts/lazily.tsx";

// The editor of code is a large piece, which a page is shown without until it is there.
const LazyTrigger = lazily(() => import("./TriggerCode.tsx"));
const LazyJson = lazily(() => import("./JsonCode.tsx"));

export function TriggerCode(props: ComponentProps<typeof LazyTrigger>) {
  return (
    <Suspense fallback={<Waiting label={props.label} />}>
      <LazyTrigger {...props} />
    </Suspense>
  );
}

export function JsonCode(props: ComponentProps<typeof LazyJson>) {
  return (
    <Suspense fallback={<Waiting label={props.label} />}>
      <LazyJson {...props} />
    </Suspense>
  );
}

function Waiting({ label }: { label: string }) {
  return (
    <div aria-busy="true">
      <Skeleton height={38} />
      <Text className="visually-hidden">{label} is being loaded</Text>
    </div>
  );
}
