import { Button, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useMemo, useState } from "react";

import { notify } from "../../api/notices.ts";
import { useChange } from "../../api/queries.ts";
import classes from "./Account.module.css";
import { UpdateAccountDocument } from "./account.graphql.ts";
import type { SettingFieldFragment } from "./new.graphql.ts";
import { SaveChanges } from "./SaveChanges.tsx";
import { SecretOnce } from "./SecretOnce.tsx";
import { errorAt, SettingsFields } from "./SettingsFields.tsx";
import { masked } from "./SettingsShown.tsx";
import { kindOf, settingsUpdate, type Values } from "./settings.ts";
import type { AccountWhole } from "./shapes.ts";
import { useEdit } from "./useEdit.ts";
import { keysOf, type Loaded, maskedOf } from "./useSettings.ts";

const NAME = "name";

/** The settings of an account, to be changed. Secrets are never read back: one that is left empty stays. */
export function SettingsForm({ account, loaded }: { account: AccountWhole; loaded: Loaded }) {
  const { slug, settingsFields: fields } = account.definition;
  const now = useMemo(
    () => ({ revision: loaded.revision, values: valuesOf(fields, loaded) }),
    [fields, loaded],
  );
  const edit = useEdit(now);
  const [secret, setSecret] = useState<string | null>(null);
  const update = useChange(UpdateAccountDocument, {
    onDone: ({ destinationUpdate: { destination, webhookSecret } }) => {
      if (destination) edit.saved(destination.revision);
      setSecret(webhookSecret ?? null);
      notify({ message: "The settings are saved.", color: "teal.8" });
    },
    onLeft: ({ destinationUpdate }) =>
      destinationUpdate.webhookSecret
        ? `${account.name} has a webhook secret, which was shown to nobody: rotate it under Keys.`
        : null,
  });
  const checked = fields.filter((field) => field.checked && field.key in edit.changed);
  const stored = (field: SettingFieldFragment) => storedOf(field, fields, loaded.settings);

  function save(expectedRevision: number) {
    const { [NAME]: name, ...settings } = edit.send();
    const input = {
      id: account.id,
      expectedRevision,
      name: typeof name === "string" ? name : undefined,
      settings: settingsUpdate(slug, settings),
    };
    update.runAsync({ input }).catch(edit.failed);
  }

  function send(event: FormEvent) {
    event.preventDefault();
    save(edit.revision);
  }

  return (
    <form onSubmit={send} aria-label="Settings">
      <Stack gap="md" maw={720}>
        <TextInput
          label="Name"
          value={String(edit.values[NAME] ?? "")}
          onChange={(event) => edit.set(NAME, event.currentTarget.value)}
          error={errorAt(update.errors, NAME)}
          required
          autoComplete="off"
        />
        <SettingsFields
          key={edit.resets}
          fields={fields}
          values={edit.values}
          onChange={(key, value) => {
            // A secret that was typed and emptied again is kept.
            if (value === null && !(key in now.values)) edit.unset(key);
            else edit.set(key, value);
          }}
          errors={update.errors}
          placeholder={(field) =>
            field.secret || field.shownAs !== field.key ? stored(field)?.words : undefined
          }
          optional={(field) => stored(field) !== null}
          below={(field) =>
            kindOf(field, fields) === "SECRET" && stored(field) ? (
              <Text size="xs" c="dimmed" mt={4}>
                {edit.changed[field.key] === null
                  ? "It is taken away when you save. "
                  : "Leave it empty to keep it. "}
                <Button
                  size="compact-xs"
                  variant="subtle"
                  color="gray"
                  onClick={() =>
                    edit.changed[field.key] === null ? edit.unset(field.key) : edit.set(field.key, null)
                  }
                  aria-label={
                    edit.changed[field.key] === null ? `Keep ${field.label}` : `Take ${field.label} away`
                  }
                >
                  {edit.changed[field.key] === null ? "Keep it" : "Take it away"}
                </Button>
              </Text>
            ) : null
          }
        />
        {checked.length > 0 && account.status !== "DRAFT" && (
          <div className={classes.amber} role="status">
            Saved, this sends the account back to Draft: {checked.map((field) => field.label).join(", ")}.
            Nothing goes out until it is verified again; what comes meanwhile waits.
            {checked.some((field) => field.shownAs !== field.key) &&
              " To change a key without a pause, rotate it under Keys."}
          </div>
        )}
        <SaveChanges
          edit={edit}
          update={update}
          fields={[{ key: NAME, label: "Name", secret: false }, ...fields]}
          onSave={save}
        />
      </Stack>
      <SecretOnce title="Webhook secret" secret={secret} onDone={() => setSecret(null)}>
        What your webhook is told is signed with this: give it to whoever receives the events.
      </SecretOnce>
    </form>
  );
}

/** What the form begins with: nothing of a secret. */
function valuesOf(fields: readonly SettingFieldFragment[], loaded: Loaded): Values {
  const plain = fields.filter((field) => kindOf(field, fields) === "PLAIN");
  return {
    [NAME]: loaded.name,
    ...Object.fromEntries(plain.map(({ key }) => [key, loaded.settings[key] ?? null])),
  };
}

/** What is known of a stored secret; null where there is none. */
function storedOf(field: SettingFieldFragment, fields: readonly SettingFieldFragment[], settings: Values) {
  switch (kindOf(field, fields)) {
    case "PLAIN":
      return null;
    case "SECRET": {
      const secret = maskedOf(settings, field.shownAs);
      return secret.configured ? { words: masked(secret) } : null;
    }
    default: {
      const active = keysOf(settings, field.shownAs).find((key) => key.state === "ACTIVE");
      if (!active) return null;
      return { words: field.secret ? masked(active.secret) : `Now ${active.sid}` };
    }
  }
}
