'use strict'
/*
 * The published destination in a process that stays, so that what it costs is read once its compiler has settled.
 *
 *   node send.js onEvent|bare HOST:PORT
 *
 * `bare` posts the same form with node:https and nothing around it. A line in is "AT_ONCE MILLISECONDS", a line out how
 * many were sent in that time; whoever asks reads the processor's time from outside. NODE_EXTRA_CA_CERTS names whom to trust.
 */
const { readFileSync } = require('node:fs')
const https = require('node:https')
const { join } = require('node:path')
const { createInterface } = require('node:readline')

const core = require('@segment/actions-core')
const twilio = require('@segment/action-destinations/dist/destinations/engage-messaging-twilio').default

const { event, mapping_a: mapping, fql, settings } = JSON.parse(readFileSync(join(__dirname, '..', 'fixtures.json'), 'utf8'))
const [mode, authority] = process.argv.slice(2)

function onEvent() {
  const destination = new core.Destination(twilio)
  const subscriptions = [{ partnerAction: 'sendSms', subscribe: fql.simple, mapping }]
  const given = { ...settings, twilioHostname: authority, subscriptions }
  let number = 0
  return async () => {
    const outcomes = await destination.onEvent({ ...event, messageId: `message-${number++}` }, given)
    if (!outcomes.at(-1)?.data?.sid) throw new Error(`not sent: ${JSON.stringify(outcomes).slice(0, 400)}`)
    destination.responses.length = 0 // it keeps each answer, which in a process that stays would be a leak
  }
}

function bare() {
  const [hostname, port] = authority.split(':')
  const agent = new https.Agent({ keepAlive: true, maxSockets: Infinity })
  const form = new URLSearchParams({
    Body: 'Hello user_0123456789, Jane!',
    From: mapping.from,
    To: '+12345678901',
    ShortenUrls: 'true',
    Tags: JSON.stringify({ external_id_type: 'phone', external_id_value: '+12345678901' }),
    StatusCallback: `${settings.webhookUrl}?space_id=${settings.spaceId}&${'_'.repeat(100)}#${settings.connectionOverrides}`
  }).toString()
  const headers = {
    authorization: `Basic ${'x'.repeat(60)}`,
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': Buffer.byteLength(form)
  }
  const path = `/2010-04-01/Accounts/${settings.twilioAccountSID}/Messages.json`
  return () =>
    new Promise((resolve, reject) => {
      const request = https.request({ hostname, port, path, method: 'POST', agent, headers }, (answer) => {
        const parts = []
        answer.on('data', (part) => parts.push(part))
        answer.on('end', () => (JSON.parse(Buffer.concat(parts)).sid ? resolve() : reject(new Error('no sid'))))
      })
      request.on('error', reject)
      request.end(form)
    })
}

async function turn(send, atOnce, milliseconds) {
  const end = performance.now() + milliseconds
  let sent = 0
  const line = async () => {
    for (; performance.now() < end; sent++) await send()
  }
  await Promise.all(Array.from({ length: atOnce }, line))
  return sent
}

async function main() {
  const send = { onEvent, bare }[mode]()
  for await (const line of createInterface({ input: process.stdin })) {
    const [atOnce, milliseconds] = line.split(' ').map(Number)
    console.log(JSON.stringify({ sent: await turn(send, atOnce, milliseconds) }))
  }
  process.exit(0) // idle connections would keep it for a while
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
