import { Tag } from "./Tag.tsx";

type Sent = { attempts: number; dead: boolean; deliveredAt?: string | null };

/** Whether its receiver has it, will be tried again, or was given up. */
export function WebhookTag({ delivery }: { delivery: Sent }) {
  if (delivery.dead) {
    return (
      <Tag tone="red" title="Its receiver did not take it for 24 hours, or said that it is gone.">
        Given up
      </Tag>
    );
  }
  if (delivery.deliveredAt) return <Tag tone="green">Arrived</Tag>;
  return delivery.attempts > 0 ? (
    <Tag tone="amber">Will be tried again</Tag>
  ) : (
    <Tag tone="blue">On its way</Tag>
  );
}
