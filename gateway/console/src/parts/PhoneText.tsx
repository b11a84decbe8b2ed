import { Paperclip } from "lucide-react";
import type { ReactNode } from "react";

import type { Channel } from "../api/schema.ts";
import { useMay } from "../shell/viewer.ts";
import classes from "./PhoneText.module.css";
import { WebLink } from "./WebLink.tsx";

type Props = {
  text: string | null;
  media?: readonly string[];
  /** The words on a template's buttons. */
  buttons?: readonly string[];
  channel?: Channel | null;
  /** From us, or from the person. */
  from?: "us" | "person";
  /** What stands below it: when, how far it got, how many segments. */
  below?: ReactNode;
};

/** A text as the phone shows it. Its media are links: they lie where whoever sent it put them, and are not loaded here. */
export function PhoneText({ text, media = [], buttons = [], channel, from = "us", below }: Props) {
  return (
    <div className={classes.line} data-from={from}>
      <div className={classes.bubble} data-channel={channel ?? "SMS"}>
        {media.map((address) => (
          <WebLink key={address} to={address} className={classes.medium}>
            <Paperclip size={15} aria-hidden="true" />
            {address}
          </WebLink>
        ))}
        {text && <p className={classes.words}>{text}</p>}
        {text === null && media.length === 0 && <NoWords />}
      </div>
      {buttons.length > 0 && (
        <ul className={classes.buttons}>
          {buttons.map((button) => (
            <li key={button}>{button}</li>
          ))}
        </ul>
      )}
      {below && <div className={classes.below}>{below}</div>}
    </div>
  );
}

/** What a viewer is told in the place of a text. */
export const HIDDEN_WORDS = "Its words are hidden from viewers.";

function NoWords() {
  const seesWords = useMay("READER");
  return <em>{seesWords ? "Its words are not kept, or not known." : HIDDEN_WORDS}</em>;
}
