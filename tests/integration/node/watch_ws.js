// Subscribes with graphql-ws as it comes, and prints a line of JSON for each thing that it is told.
'use strict'
const WebSocket = require('ws')
const { createClient } = require('graphql-ws')

const [url, token, query] = process.argv.slice(2)
const say = (what) => console.log(JSON.stringify(what))
const client = createClient({
  url: url.replace(/^http/, 'ws'),
  webSocketImpl: WebSocket,
  connectionParams: { Authorization: `Bearer ${token}` },
  retryAttempts: 10000,
  retryWait: () => new Promise((again) => setTimeout(again, 100)),
  shouldRetry: () => true,
  on: {
    connected: (_socket, _payload, again) => say({ connected: again }),
    closed: (event) => say({ closed: event.code }),
  },
})
client.subscribe({ query }, {
  next: (result) => say(result),
  error: (error) => {
    say({ failed: Array.isArray(error) ? error[0].extensions.code : String(error.code || error) })
    process.exitCode = 1
  },
  complete: () => say({ complete: true }),
})
