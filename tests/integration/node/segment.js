// Makes the calls on standard input with @segment/analytics-node as it comes, and ends once they are sent.
'use strict'
const { Analytics } = require('@segment/analytics-node')

const [host, writeKey] = process.argv.slice(2)
const calls = JSON.parse(require('node:fs').readFileSync(0, 'utf8'))
const analytics = new Analytics({ host, writeKey })
analytics.on('error', (error) => {
  console.error(error)
  process.exitCode = 1
})
for (const { type, ...call } of calls) analytics[type](call)
analytics.closeAndFlush()
