import { Text } from "@mantine/core";

import type { Channel } from "../../../../api/schema.ts";
import { PhoneText } from "../../../../parts/PhoneText.tsx";
import { Remedy } from "../../../../parts/Remedy.tsx";
import { Tag } from "../../../../parts/Tag.tsx";
import { When } from "../../../../parts/When.tsx";
import { reasonInWords, several, spelled } from "../../../../parts/words.ts";
import { useEditor } from "../useEditor.ts";
import classes from "./Preview.module.css";
import type { Previewed } from "./usePreview.ts";
import { verdictOf } from "./verdict.ts";

/** What would happen, and the text as the phone shows it. */
export function Outcome({ preview, channel }: { preview: Previewed; channel: Channel | null }) {
  const { decision, reason, releaseAt, remedy, request, text, media, buttons } = preview;
  const { draft } = useEditor().state;
  const { tone, tag, words, isWhole = false } = verdictOf(preview, draft);
  return (
    <section aria-label="What would happen">
      <div className={classes.decision} role="status">
        <Tag tone={tone}>{tag}</Tag>
        <Text size="sm">
          {words} {reason && !isWhole && `${spelled(reason)}: ${reasonInWords(reason)}`}{" "}
          {releaseAt && !isWhole && (
            <>
              {draft.mode === "SHADOW" ? "It would be decided again" : "It would go out"}{" "}
              <When at={releaseAt} />.
            </>
          )}
        </Text>
      </div>
      <Wrong preview={preview} />
      {request ? (
        <div className={classes.phone}>
          <PhoneText
            text={text ?? (media.length > 0 ? "" : "The words of this template are not known here.")}
            media={media}
            buttons={buttons.map(({ title }) => title)}
            channel={channel}
            below={<Measures preview={preview} />}
          />
        </div>
      ) : (
        decision !== "NO_MATCH" && (
          <Text size="sm" c="dimmed" mt="xs">
            There is no text to show: none can be made of this.
          </Text>
        )
      )}
      <Culprit preview={preview} />
      {remedy && (
        <div className={classes.remedy}>
          <Remedy of={remedy} />
        </div>
      )}
    </section>
  );
}

/** What keeps it from becoming a message. */
function Wrong({ preview: { decision, problems } }: { preview: Previewed }) {
  const errors = problems.filter(({ severity }) => severity === "ERROR");
  if (decision !== "REJECT" || errors.length === 0) return null;
  return (
    <ul className={classes.wrong}>
      {errors.map(({ message, path }) => (
        <li key={`${path} ${message}`}>{message}</li>
      ))}
    </ul>
  );
}

function Measures({ preview: { segments, encoding, price, decision } }: { preview: Previewed }) {
  const said = [
    segments != null && several(segments, "segment"),
    encoding,
    price && `about ${price}`,
    decision !== "SEND" && "as it would be but for what stops it",
  ].filter(Boolean);
  return <>{said.join(" · ")}</>;
}

/** The character that makes all of a text UCS-2, where it stands in it. */
function Culprit({ preview: { text, unicodeCharacter: character } }: { preview: Previewed }) {
  if (!character || text == null) return null;
  const at = text.indexOf(character);
  const [before, behind] = [
    text.slice(Math.max(0, at - 24), at),
    text.slice(at + character.length).slice(0, 24),
  ];
  return (
    <div className={classes.culprit}>
      <Text size="sm">
        <strong>{nameOf(character)}</strong> is not in GSM-7, so the whole text is UCS-2: a segment holds 70
        characters instead of 160.
      </Text>
      {at >= 0 && (
        <p className={classes.excerpt}>
          {before}
          <mark>{character}</mark>
          {behind}
        </p>
      )}
    </div>
  );
}

const NAMES: Readonly<Record<string, string>> = {
  "“": "The opening quotation mark “",
  "”": "The closing quotation mark ”",
  "‘": "The opening quotation mark ‘",
  "’": "The curly apostrophe ’",
  "…": "The ellipsis …",
  "–": "The dash –",
  "—": "The long dash —",
  "\u00a0": "A blank that does not break",
  "\u200b": "A blank without width",
  "\t": "A tab",
};

function nameOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const known = NAMES[character];
  const point = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  if (known) return `${known} (${point})`;
  return /\p{Extended_Pictographic}/u.test(character)
    ? `The emoji ${character} (${point})`
    : `The character “${character}” (${point})`;
}
