import { describe, expect, test } from "vitest";

import { blank, type Saved } from "./draft.ts";
import {
  type EditorAction,
  type EditorState,
  edited,
  isChanged,
  isUnread,
  opened,
  shownForm,
} from "./reducer.ts";

const BODY = { key: "body", type: "text", multiple: false };
const SAVED: Saved = {
  id: "m1",
  revision: 3,
  draft: blank({ name: "Paid", fields: { body: "Hi", send: true } }),
};

const afterThe = (...actions: EditorAction[]): EditorState =>
  actions.reduce(edited, opened(SAVED, SAVED.draft));

describe("what is written", () => {
  test("is changed once it differs, and no longer once it is as it was", () => {
    expect(isChanged(afterThe())).toBe(false);
    expect(isChanged(afterThe({ do: "set", part: { name: "Order paid" } }))).toBe(true);
    expect(
      isChanged(afterThe({ do: "set", part: { name: "x" } }, { do: "set", part: { name: "Paid" } })),
    ).toBe(false);
  });

  test("keeps the place of a field that is there, and leaves out one without a value", () => {
    expect(Object.keys(afterThe({ do: "setField", key: "body", value: "Hey" }).draft.fields)).toEqual([
      "body",
      "send",
    ]);
    expect(afterThe({ do: "setField", key: "body", value: undefined }).draft.fields).toEqual({ send: true });
  });
});

describe("the form of a field", () => {
  const asPath: EditorAction = { do: "setForm", field: BODY, form: "path" };
  const asText: EditorAction = { do: "setForm", field: BODY, form: "literal" };

  test("takes along what it can say", () => {
    const state = afterThe(asPath);

    expect([state.draft.fields.body, shownForm(state, BODY)]).toEqual([{ "@path": "Hi" }, "path"]);
  });

  test("has what it said before when it is come back to", () => {
    const list = { do: "setField", key: "body", value: { "@if": { exists: "$.x" } } } as const;
    const state = afterThe(list, asText);

    expect([state.draft.fields.body, shownForm(state, BODY)]).toEqual([undefined, "literal"]);
    expect(edited(state, { do: "setForm", field: BODY, form: "json" }).draft.fields.body).toEqual(list.value);
  });

  test("is JSON where no simpler one shows all of the value, whatever was chosen", () => {
    const state = afterThe(asText, {
      do: "setField",
      key: "body",
      value: { "@path": "$.x", "@default": "" },
    });

    expect(shownForm(state, BODY)).toBe("json");
  });
});

describe("JSON that can't be read yet", () => {
  test("keeps the last value that could be, and nothing whole is there to save", () => {
    const state = afterThe({ do: "setFieldJson", key: "body", text: '{"@path": ' });

    expect([state.draft.fields.body, isUnread(state), isChanged(state)]).toEqual(["Hi", true, true]);
    expect(isUnread(edited(state, { do: "setFieldJson", key: "body", text: '"Hey"' }))).toBe(false);
  });

  test("of a field is emptied by an empty text", () => {
    expect(afterThe({ do: "setFieldJson", key: "body", text: " " }).draft.fields).toEqual({ send: true });
  });

  test.each(["[1]", "null", "7", "{"])("of all fields is no %s", (text) => {
    const state = afterThe({ do: "setAllJson", text });

    expect([state.draft.fields, state.unreadAll]).toEqual([SAVED.draft.fields, text]);
  });

  test("of all fields is read once it is an object", () => {
    const state = afterThe({ do: "setAllJson", text: "{" }, { do: "setAllJson", text: '{"send": false}' });

    expect([state.draft.fields, isUnread(state)]).toEqual([{ send: false }, false]);
  });
});

describe("all of it at once", () => {
  test("a preset keeps the name that somebody gave, and can be left as unsaved", () => {
    const preset = {
      title: "Order paid",
      action: "sendSms",
      purpose: "TRANSACTIONAL" as const,
      trigger: 'event = "Paid"',
      fields: {},
    };
    const state = afterThe({ do: "usePreset", preset });

    expect([state.draft.name, state.draft.action, state.opening, isChanged(state)]).toEqual([
      "Paid",
      "sendSms",
      1,
      true,
    ]);
    expect(edited(opened(null, blank()), { do: "usePreset", preset }).draft.name).toBe("Order paid");
  });

  describe("another action", () => {
    const TEXT = { slug: "sendSms", defaultTrigger: "a = 1", fields: [{ key: "body" }, { key: "media" }] };
    const CHAT = {
      slug: "sendWhatsApp",
      defaultTrigger: "c = 3",
      fields: [{ key: "body" }, { key: "send" }],
    };
    const toText: EditorAction = { do: "useAction", action: TEXT, before: null };
    const toChat: EditorAction = { do: "useAction", action: CHAT, before: TEXT };
    const backToText: EditorAction = { do: "useAction", action: TEXT, before: CHAT };

    test("brings its own trigger, unless somebody wrote one", () => {
      expect(afterThe(toText).draft.trigger).toBe("a = 1");
      expect(afterThe(toText, toChat).draft.trigger).toBe("c = 3");
      const own: EditorAction = { do: "set", part: { trigger: "b = 2" } };
      expect(afterThe(own, toText, toChat).draft.trigger).toBe("b = 2");
    });

    test("begins with what both have, and with sending where that is asked for", () => {
      expect(afterThe(toText).draft).toMatchObject({ action: "sendSms", fields: { body: "Hi" } });
      expect(afterThe(toText, toChat).draft.fields).toEqual({ send: true, body: "Hi" });
    });

    test("has nothing again that was emptied in the other one", () => {
      const state = afterThe(toText, toChat, { do: "setField", key: "body", value: undefined }, backToText);

      expect(state.draft.fields).toEqual({});
    });

    test("that was left for another has what it had, but for what was changed meanwhile", () => {
      const state = afterThe(
        toText,
        { do: "setField", key: "media", value: ["https://example.com/a.jpg"] },
        toChat,
        { do: "setField", key: "body", value: "Hey" },
        backToText,
      );

      expect(state.draft.fields).toEqual({ body: "Hey", media: ["https://example.com/a.jpg"] });
    });
  });

  test("what was saved is what it is compared with from then on", () => {
    const saved = { ...SAVED, revision: 4, draft: { ...SAVED.draft, name: "Order paid" } };
    const state = afterThe({ do: "set", part: { name: "Order paid" } }, { do: "saved", saved });

    expect([isChanged(state), state.saved?.revision, state.opening]).toEqual([false, 4, 1]);
  });

  test("going on from theirs keeps mine as unsaved changes", () => {
    const theirs = { ...SAVED, revision: 4, draft: { ...SAVED.draft, trigger: "b = 2" } };
    const state = afterThe({ do: "goOnFrom", theirs, draft: { ...theirs.draft, name: "Mine" } });

    expect([isChanged(state), state.saved?.revision, state.draft.trigger]).toEqual([true, 4, "b = 2"]);
  });
});
