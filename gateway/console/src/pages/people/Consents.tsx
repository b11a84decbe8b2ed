import { Button, Modal, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState } from "react";

import { ConsentTag } from "../../parts/StatusTags.tsx";
import { When } from "../../parts/When.tsx";
import { channelInWords, spelled } from "../../parts/words.ts";
import { useMay } from "../../shell/viewer.ts";
import { ConsentHistory } from "./ConsentHistory.tsx";
import classes from "./Person.module.css";
import type { Contact } from "./Person.tsx";
import type { ConsentPartsFragment } from "./person.graphql.ts";
import { RecordConsent } from "./RecordConsent.tsx";

/** What they agreed to, by channel, and what shows it; all that was said; and the form for what is said now. */
export function Consents({ contact }: { contact: Contact }) {
  const [recording, record] = useDisclosure(false);
  const [history, past] = useDisclosure(false);
  const [recorded, setRecorded] = useState<string | null>(null);
  const mayRecord = useMay("OPERATOR");
  return (
    <section aria-labelledby="consents">
      <Title order={2} size="h5" id="consents" mb={6}>
        Consent
      </Title>
      {contact.consents.length === 0 && (
        <Text size="sm" c="dimmed">
          {contact.phone
            ? "Nobody said anything for this number: no marketing goes to it."
            : "No number is known of them yet: consent is recorded once one is."}
        </Text>
      )}
      <ul className={classes.plain}>
        {contact.consents.map((one) => (
          <li key={`${one.channel}-${one.sender}`} className={classes.word}>
            <Word of={one} />
          </li>
        ))}
      </ul>
      <Text size="sm" role="status">
        {recorded}
      </Text>
      <Button.Group mt="xs">
        <Button variant="default" size="compact-sm" onClick={past.open}>
          Consent history
        </Button>
        {mayRecord && contact.phone && (
          <Button variant="default" size="compact-sm" onClick={record.open}>
            Record consent
          </Button>
        )}
      </Button.Group>
      <Modal opened={history} onClose={past.close} title="Consent history of this number" size="lg">
        <ConsentHistory id={contact.id} />
      </Modal>
      {contact.phone && (
        <Modal opened={recording} onClose={record.close} title={`Record consent of ${contact.phone}`}>
          <RecordConsent
            phone={contact.phone}
            space={contact.space}
            onClose={record.close}
            onDone={({ channel, status }) => {
              setRecorded(`Recorded: ${channelInWords(channel)} ${spelled(status).toLowerCase()}.`);
              record.close();
            }}
          />
        </Modal>
      )}
    </section>
  );
}

/** A word of consent, with who said it and what shows it: `inWords` has how it was said, when, and the wording that they saw. */
export function Word({
  of: { channel, sender, status, changedAt, inWords, evidence },
}: {
  of: ConsentPartsFragment;
}) {
  return (
    <>
      <div className={classes.what}>
        <strong>{channelInWords(channel)}</strong>
        {sender && <span className={classes.ids}>to {sender}</span>}
        <ConsentTag status={status} />
        <Text size="sm" c="dimmed" ml="auto">
          <When at={changedAt} />
        </Text>
      </div>
      <p className={classes.words}>{inWords}</p>
      {evidence?.note && <p className={classes.words}>“{evidence.note}”</p>}
      {(evidence?.url || evidence?.ip) && (
        <p className={classes.words}>{[evidence.url, evidence.ip].filter(Boolean).join(" · ")}</p>
      )}
    </>
  );
}
