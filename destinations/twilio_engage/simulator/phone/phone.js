"use strict";

// Shows /_simulator/messages as phones would. Every text goes into the page as text, never as markup.

const EVERY = 1000; // milliseconds between two looks
const NEWEST = 500; // how many messages the page shows at most
const TICKS = { accepted: "", scheduled: "", queued: "", sent: "✓", delivered: "✓✓", read: "✓✓", canceled: "", undelivered: "✓", failed: "" };

let epoch = null;
let version = 0;
let entries = new Map(); // by SID, or by version for a refusal

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function fromMessage(message) {
  const said = message.direction === "inbound";
  return {
    key: message.sid,
    said,
    person: said ? message.from : message.to,
    sender: said ? message.to : message.from || message.messaging_service_sid,
    body: message.body,
    media: message.media,
    at: new Date(message.received.at),
    status: message.status,
    segments: Number(message.num_segments),
    error: message.error_code ? `${message.error_code} ${message.error_message}` : null,
    buttons: buttonsOf(message.content),
    // Of a text the callback tells whose gateway sent it; of a reply, whether a gateway heard it.
    gateway: said ? null : originOf((message.callbacks.at(-1) || {}).url),
    heard: said ? heardBy(message.callbacks.at(-1)) : null,
    notes: [message.deleted && "deleted at Twilio", message.test && "test credentials, goes nowhere"].filter(Boolean),
  };
}

function originOf(address) {
  const url = webAddress(address || "");
  return url ? url.origin : null;
}

function heardBy(call) {
  if (!call) return { well: false, words: "nobody heard it: no gateway was told of replies to this sender" };
  const well = /^2\d\d$/.test(call.result);
  return { well, words: well ? `the gateway heard it (${call.result})` : `the gateway did not take it: ${call.result}` };
}

function fromRefusal(refusal) {
  const field = (name) => (refusal.pairs.find(([key]) => key === name) || [])[1];
  return {
    key: `refusal-${refusal.version}`,
    said: false,
    person: field("To") || "(no recipient)",
    sender: field("From") || field("MessagingServiceSid"),
    body: shortened(field("Body") || ""),
    media: [],
    at: new Date(refusal.at),
    status: "refused",
    segments: 0,
    error: `${refusal.error.code} ${refusal.error.message}`,
    buttons: [],
    notes: [],
  };
}

function buttonsOf(content) {
  const { actions = [], items = [] } = (content && content.parts) || {};
  return [...actions.map((action) => action.title || action.copy_code_text), ...items.map((item) => item.item)].filter(Boolean).map(String);
}

function shortened(text) {
  const characters = [...text];
  return characters.length > 160 ? `${characters.slice(0, 160).join("")}…` : text;
}

async function look() {
  const answer = await fetch(`/_simulator/messages?after=${version}&newest=${NEWEST}`, { cache: "no-store" });
  const news = await answer.json();
  if (epoch !== null && epoch !== news.epoch) {
    epoch = null;
    version = 0;
    entries = new Map();
    return look();
  }
  const changed = epoch === null || news.messages.length + news.refusals.length > 0;
  epoch = news.epoch;
  version = news.version;
  for (const entry of [...news.messages.map(fromMessage), ...news.refusals.map(fromRefusal)]) entries.set(entry.key, entry);
  if (changed) show();
}

function conversations() {
  const byNumber = new Map();
  for (const entry of [...entries.values()].sort((a, b) => a.at - b.at)) {
    if (!byNumber.has(entry.person)) byNumber.set(entry.person, []);
    byNumber.get(entry.person).push(entry);
  }
  return [...byNumber.entries()].sort(([, a], [, b]) => b.at(-1).at - a.at(-1).at);
}

function person(address) {
  const channel = address.includes(":") ? address.slice(0, address.indexOf(":")) : "sms";
  const number = address.slice(address.indexOf(":") + 1);
  const parts = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number);
  const name = parts ? `+1 (${parts[1]}) ${parts[2]}-${parts[3]}` : number;
  return { channel, name, initials: number.replace(/\D/g, "").slice(-2) || "?" };
}

function channelName(channel) {
  return channel === "sms" ? "SMS" : channel === "whatsapp" ? "WhatsApp" : channel;
}

function clock(date) {
  return date.toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });
}

function chosen() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return "";
  }
}

function show() {
  const all = conversations();
  const wanted = chosen();
  document.body.classList.toggle("open", wanted !== "");
  // Unless somebody was chosen, a phone on which something arrived: a refusal reached nobody.
  const arrived = ([, list]) => list.some((text) => !text.said && text.status !== "refused");
  const [address, texts] = wanted ? all.find(([to]) => to === wanted) || [wanted, []] : all.find(arrived) || all[0] || ["", []];
  document.getElementById("people").replaceChildren(...all.map(([to, list]) => personRow(to, list.at(-1), to === address)));
  showPhone(address, texts);
}

function personRow(to, last, current) {
  const { channel, name, initials } = person(to);
  const link = element("a", "person");
  link.href = `#${encodeURIComponent(to)}`;
  link.setAttribute("aria-current", String(current));
  link.append(
    element("span", `avatar ${channel}`, initials),
    element("span", "number", name),
    element("span", "when", clock(last.at)),
    element("span", "last", `${channelName(channel)} · ${last.said ? "they wrote: " : ""}${summary(last)}`),
  );
  const row = element("li");
  row.append(link);
  return row;
}

function summary(text) {
  if (text.error) return `⚠ ${text.error}`;
  return text.body || (text.media.length ? "Attachment" : "(no text)");
}

function showPhone(address, texts) {
  const { channel, name, initials } = person(address);
  const list = document.getElementById("messages");
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40 || list.dataset.address !== address;
  const avatar = document.getElementById("avatar");
  avatar.className = `avatar ${channel}`;
  avatar.textContent = initials;
  document.getElementById("name").textContent = address ? name : "No texts yet";
  const label = channelName(channel);
  const accepted = texts.filter((text) => text.status !== "refused" && !text.said).length;
  document.getElementById("about").textContent = address ? `${label} · ${accepted} accepted` : "";
  showReply(address, texts, label);
  showGateway();
  list.dataset.address = address;
  list.replaceChildren(...(texts.length ? bubbles(texts, channel) : [invitation(address)]));
  if (atEnd) list.scrollTop = list.scrollHeight;
}

// A person can answer the last sender that has a number; a service may not have chosen one yet.
function showReply(address, texts, label) {
  const last = texts.findLast((text) => /^([a-z]+:)?\+?\d+$/.test(text.sender || ""));
  const form = document.getElementById("reply");
  const field = document.getElementById("words");
  form.dataset.from = address;
  form.dataset.to = last ? last.sender : "";
  field.disabled = !last;
  field.placeholder = last ? `Reply by ${label}` : texts.length ? "This sender takes no replies" : "Nobody texted this phone yet";
}

// The way back to where the texts came from.
function showGateway() {
  const origin = [...entries.values()].map((entry) => entry.gateway).findLast(Boolean);
  const link = document.getElementById("gateway");
  link.hidden = !origin;
  if (origin) link.href = `${origin}/`;
}

async function reply(event) {
  event.preventDefault();
  const field = document.getElementById("words");
  const { from, to } = event.target.dataset;
  const body = field.value;
  if (!body || !to) return;
  field.value = "";
  const answer = await fetch("/_simulator/inbound", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ from, to, body }) });
  if (!answer.ok) {
    field.value = body;
    const list = document.getElementById("messages");
    list.append(element("li", "nothing", `Not said: ${(await answer.json()).error}`));
    list.scrollTop = list.scrollHeight;
    return;
  }
  await look();
}

function invitation(phone) {
  if (phone) return element("li", "nothing", "This phone got nothing yet. What is sent to it appears here.");
  const made = element("li", "nothing", "Send a message to this address and it appears here.");
  made.append(element("code", "", `POST ${location.origin}/2010-04-01/Accounts/AC…/Messages.json`));
  return made;
}

function bubbles(texts, channel) {
  const made = [];
  let day = null;
  let from = null;
  for (const text of texts) {
    if (text.at.toDateString() !== day) {
      day = text.at.toDateString();
      made.push(element("li", "day", day === new Date().toDateString() ? "Today" : day));
      from = null;
    }
    if (text.said) from = null;
    else if (text.sender !== from) {
      from = text.sender;
      made.push(element("li", "from", from ? `from ${person(from).name}` : "no sender"));
    }
    made.push(bubble(text, channel));
  }
  return made;
}

function bubble(text, channel) {
  const failed = text.status === "failed" || text.status === "undelivered";
  const made = element("li", `text ${channel} ${text.said ? "said" : failed ? "failed" : text.status === "refused" ? "refused" : ""}`);
  made.append(...text.media.map(mediaLink));
  if (text.body) made.append(element("p", "bubble", text.body));
  else if (!text.media.length) made.append(element("p", "bubble empty", "no text"));
  made.append(...text.buttons.map((title) => element("p", "button", title)), meta(text));
  return made;
}

function mediaLink(address) {
  const url = webAddress(address);
  if (!url) return element("p", "bubble", address);
  const file = url.pathname.split("/").at(-1) || url.hostname;
  const link = element("a", "media");
  link.href = url.href;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  const extension = file.includes(".") ? file.split(".").at(-1).slice(0, 4).toUpperCase() : "FILE";
  link.append(element("span", "kind", extension), element("span", "file", file), element("span", "host", url.hostname));
  return link;
}

function webAddress(text) {
  try {
    const url = new URL(text);
    return url.protocol === "http:" || url.protocol === "https:" ? url : null;
  } catch {
    return null;
  }
}

function meta(text) {
  const line = element("p", "meta");
  if (TICKS[text.status]) line.append(element("span", `ticks ${text.status}`, TICKS[text.status]));
  const said = element("span", text.error ? "bad" : text.status, text.error ? `${text.status} · ${text.error}` : text.status);
  const segments = text.segments > 0 && !text.said ? [`${text.segments} ${text.segments === 1 ? "segment" : "segments"}`] : [];
  if (text.heard) said.textContent = text.heard.words;
  if (text.heard) said.className = text.heard.well ? "heard" : "bad";
  line.append(said, ` · ${[clock(text.at), ...segments, ...text.notes].join(" · ")}`);
  return line;
}

async function watch() {
  const connection = document.getElementById("connection");
  document.getElementById("clock").textContent = clock(new Date());
  try {
    if (!document.hidden || epoch === null) await look();
    connection.textContent = entries.size ? `${entries.size} received, up to date` : "Nothing received yet.";
    connection.classList.remove("lost");
  } catch {
    connection.textContent = "The stand-in does not answer. This page goes on trying.";
    connection.classList.add("lost");
  }
  setTimeout(watch, EVERY);
}

addEventListener("hashchange", show);
document.getElementById("reply").addEventListener("submit", reply);
show();
watch();
