'use strict'
/*
 * Microseconds per operation of the published packages, as one JSON object on the last line: the twin of ../micro.py,
 * with the same inputs and the same names.
 *
 *   map_*                 what one event costs through a mapping; _validated checks the payload as sendSms does
 *   fql_parse_*, _eval_*  a trigger read, and tried on an event
 *   dispatch_preparsed_N  an event against N triggers of which the last matches: kept parsed, their best case
 *   dispatch_parsing_N    the same with each trigger read for every event, as they ship it
 *   onEvent_nomatch_N     their whole destination given an event that none of N mappings is for
 *   liquid_*              a template read and rendered, and rendered alone
 *
 * package.json overrides two versions: one package asks for a client-kinesis that cannot be had, and a newer fast-uri
 * refuses the names, with spaces in them, under which the schemas are kept.
 */
const { readFileSync } = require('node:fs')
const { join } = require('node:path')
const { parseArgs } = require('node:util')

const core = require('@segment/actions-core')
const twilio = require('@segment/action-destinations/dist/destinations/engage-messaging-twilio').default
const { parseFql, validate } = require('@segment/destination-subscriptions')
const { Liquid } = require('liquidjs')

const SLICES = 5
const fixtures = JSON.parse(readFileSync(join(__dirname, '..', 'fixtures.json'), 'utf8'))
const { event, mapping_a: mappingA, mapping_b: mappingB, fql, template, settings } = fixtures

let seen // what an operation gave last; an engine that could prove it unused would leave the operation out

// As many turns of `operation` as fit into the time, `turns` between two looks at the clock.
function slice(operation, turns, milliseconds) {
  const start = performance.now()
  let done = 0
  let took = 0
  while (took < milliseconds) {
    for (let turn = 0; turn < turns; turn++) seen = operation()
    done += turns
    took = performance.now() - start
  }
  return (took * 1000) / done
}

// The same for operations that end later. Apart, since awaiting costs what the others should not pay.
async function sliceLater(operation, turns, milliseconds) {
  const start = performance.now()
  let done = 0
  let took = 0
  while (took < milliseconds) {
    for (let turn = 0; turn < turns; turn++) seen = await operation()
    done += turns
    took = performance.now() - start
  }
  return (took * 1000) / done
}

// The first slice is for the compiler, which settles only after a few hundred milliseconds; then the median of five.
async function measure(operation, milliseconds, warm) {
  const run = operation() instanceof Promise ? sliceLater : slice
  const rough = await run(operation, 1, warm)
  const turns = Math.max(1, Math.min(5000, Math.round(1000 / rough)))
  const figures = []
  for (let count = 0; count < SLICES; count++) figures.push(await run(operation, turns, milliseconds / SLICES))
  return figures.sort((one, other) => one - other)[Math.floor(SLICES / 2)]
}

const other = (number) => `type = "track" and event = "Event ${number}"`
const others = (count) => Array.from({ length: count }, (_, number) => other(number))

function expect(condition, what) {
  if (!condition) throw new Error(`${what} is not as it should be`)
}

function cases() {
  const found = {
    map_a: () => core.transform(mappingA, event),
    map_b: () => core.transform(mappingB, event)
  }

  const schema = core.fieldsToJsonSchema(twilio.actions.sendSms.fields)
  const check = () => core.validateSchema(core.transform(mappingA, event), schema, { schemaKey: 'bench' })
  check() // throws where the payload does not fit
  found.map_a_validated = check

  for (const [name, query] of Object.entries(fql)) {
    const parsed = parseFql(query)
    expect(validate(parsed, event) === true, `the ${name} trigger`)
    found[`fql_parse_${name}`] = () => parseFql(query)
    found[`fql_eval_${name}`] = () => validate(parsed, event)
  }

  for (const size of [1, 10, 100, 1000]) {
    const queries = [...others(size - 1), fql.simple]
    const parsed = queries.map((query) => parseFql(query))
    const kept = () => parsed.filter((one) => validate(one, event))
    const read = () => queries.filter((query) => validate(parseFql(query), event))
    expect(kept().length === 1 && read().length === 1, `the dispatch among ${size}`)
    found[`dispatch_preparsed_${size}`] = kept
    found[`dispatch_parsing_${size}`] = read
  }

  const destination = new core.Destination(twilio)
  for (const size of [1, 100, 1000]) {
    const subscriptions = others(size).map((subscribe) => ({ partnerAction: 'sendSms', subscribe, mapping: mappingA }))
    const given = { ...settings, subscriptions }
    found[`onEvent_nomatch_${size}`] = () => destination.onEvent(event, given)
  }

  const liquid = new Liquid()
  const parsed = liquid.parse(template)
  const scope = { profile: { user_id: event.userId, phone: '+12345678901', traits: event.properties } }
  found.liquid_parse_render = () => liquid.parseAndRender(template, scope)
  found.liquid_render = () => liquid.render(parsed, scope)
  return found
}

async function main() {
  const { values } = parseArgs({
    options: { ms: { type: 'string', default: '300' }, warm: { type: 'string', default: '400' } }
  })
  const measured = {}
  for (const [name, operation] of Object.entries(cases())) {
    measured[name] = await measure(operation, Number(values.ms), Number(values.warm))
  }
  console.log(JSON.stringify(measured))
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
