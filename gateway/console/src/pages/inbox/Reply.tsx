import { Link } from "@tanstack/react-router";
import { Paperclip } from "lucide-react";

import { addressOf, nameOf } from "../../parts/naming.ts";
import { Tag } from "../../parts/Tag.tsx";
import { WebLink } from "../../parts/WebLink.tsx";
import { When } from "../../parts/When.tsx";
import { channelInWords } from "../../parts/words.ts";
import { useMay } from "../../shell/viewer.ts";
import { Effect } from "./Effect.tsx";
import classes from "./Inbox.module.css";
import type { ReplyPartsFragment } from "./inbox.graphql.ts";
import { Review } from "./Review.tsx";

type Props = {
  of: ReplyPartsFragment;
  /** Somebody said a moment ago, here, what it is. */
  isDecided: boolean;
  onDecided: (message: ReplyPartsFragment) => void;
};

/** What one person wrote, to which sender, and whether it wants somebody to say what it is. */
export function Reply({ of, isDecided, onDecided }: Props) {
  const mayReview = useMay("OPERATOR");
  return (
    <li className={classes.reply}>
      <div className={classes.who}>
        <Who of={of} />
      </div>
      <div className={classes.said}>
        <Words of={of} />
        <div className={classes.facts}>
          {of.keyword && (
            <Tag tone="blue" title="Read as this word">
              {of.keyword}
            </Tag>
          )}
          {of.button && <Tag tone="grey">Pressed {of.button}</Tag>}
          {of.answer && <Tag tone="grey">{of.answer === "STOP" ? "Taken for a stop" : "Not a stop"}</Tag>}
          <span>
            {channelInWords(of.channel)} to {of.to} · {of.destination.name}
          </span>
          {of.delivery && (
            <span>
              answers{" "}
              <Link to="/deliveries/$id" params={{ id: of.delivery.id }}>
                {of.delivery.mapping?.name ?? "a text of ours"}
              </Link>
            </span>
          )}
        </div>
        {of.needsReview && mayReview && <Review of={of} onDecided={onDecided} />}
        {of.needsReview && !mayReview && (
          <div className={classes.review}>
            It may be a stop: marketing to them waits until an operator says what it is.
          </div>
        )}
        {isDecided && <Effect of={of} />}
      </div>
      <span className={classes.at}>
        <When at={of.receivedAt} />
      </span>
    </li>
  );
}

function Who({ of: { contact, from } }: { of: ReplyPartsFragment }) {
  if (!contact) return <span>{from}</span>;
  const name = nameOf(contact.traits);
  return (
    <>
      <Link to="/people/$id" params={{ id: contact.id }}>
        {name ?? addressOf(contact)}
      </Link>
      {name && <div className={classes.facts}>{addressOf(contact)}</div>}
      {contact.userIds.length > 0 && <div className={classes.facts}>{contact.userIds.join(", ")}</div>}
    </>
  );
}

function Words({ of: { body, media } }: { of: ReplyPartsFragment }) {
  const seesWords = useMay("READER");
  return (
    <>
      {body && <p className={classes.words}>{body}</p>}
      {body == null && (
        <p className={classes.words}>
          <em>{seesWords ? "Its words are not kept any more." : "Its words are hidden from viewers."}</em>
        </p>
      )}
      {media.map(({ url, contentType }) => (
        <WebLink key={url} to={url} className={classes.medium}>
          <Paperclip size={14} aria-hidden="true" />
          {contentType ?? "A file"}: {url}
        </WebLink>
      ))}
    </>
  );
}
