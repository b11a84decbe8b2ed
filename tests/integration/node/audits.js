// Runs the audits of GraphQL over HTTP against a server, and prints what each found.
'use strict'
const { auditServer } = require('graphql-http')

const [url, token] = process.argv.slice(2)
const fetchFn = (input, init) =>
  fetch(input, { ...init, headers: { ...init?.headers, authorization: `Bearer ${token}` } })

auditServer({ url, fetchFn }).then((results) =>
  console.log(JSON.stringify(results.map(({ name, status, reason }) => ({ name, status, reason })))),
)
