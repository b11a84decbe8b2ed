// Makes the calls on standard input with @rudderstack/rudder-sdk-node as it comes, and ends once they are sent.
'use strict'
const Analytics = require('@rudderstack/rudder-sdk-node')

const [dataPlaneUrl, writeKey] = process.argv.slice(2)
const calls = JSON.parse(require('node:fs').readFileSync(0, 'utf8'))
const analytics = new Analytics(writeKey, { dataPlaneUrl })
const heard = (error) => {
  if (!error) return
  console.error(error.message)
  process.exitCode = 1
}
for (const { type, ...call } of calls) analytics[type](call, heard)

async function end() {
  while (analytics.queue.length) await analytics.flush()
  await analytics.pendingFlush
}
end().catch(heard)
