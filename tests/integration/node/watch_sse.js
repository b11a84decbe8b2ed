// Subscribes with graphql-sse as it comes, and prints a line of JSON for each thing that it is told.
'use strict'
const { createClient } = require('graphql-sse')

const [url, token, query] = process.argv.slice(2)
const say = (what) => console.log(JSON.stringify(what))
const client = createClient({
  url,
  headers: { Authorization: `Bearer ${token}` },
  retryAttempts: 10000,
  retry: () => new Promise((again) => setTimeout(again, 100)),
  on: { connected: (again) => say({ connected: again }) },
})
client.subscribe({ query }, {
  next: (result) => say(result),
  error: (error) => {
    say({ failed: String(error) })
    process.exitCode = 1
  },
  complete: () => say({ complete: true }),
})
