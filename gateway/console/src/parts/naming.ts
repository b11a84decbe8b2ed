type Called = { phone?: string | null; externalUserIds: readonly string[] };

/** What a contact is reached by: its number, or where none is known a provider's own id. */
export const addressOf = ({ phone, externalUserIds }: Called): string =>
  phone ?? externalUserIds[0] ?? "Somebody without a number";

/** What somebody is called, as far as their traits say it. */
export function nameOf(traits: unknown): string | null {
  if (typeof traits !== "object" || traits === null) return null;
  const said = new Map(Object.entries(traits).map(([name, value]) => [plain(name), value]));
  const whole = word(said.get("name")) ?? word(said.get("fullname"));
  if (whole) return whole;
  const parts = [word(said.get("firstname")), word(said.get("lastname"))].filter((part) => part !== null);
  return parts.length > 0 ? parts.join(" ") : null;
}

/** `first_name`, `firstName` and `First Name` are one trait to a reader. */
const plain = (name: string): string => name.toLowerCase().replaceAll(/[\s_-]/g, "");

const word = (value: unknown): string | null =>
  typeof value === "string" && value.trim() !== "" ? value.trim() : null;
