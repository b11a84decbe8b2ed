"""A folder with all that can be configured."""

EVERYTHING = {
    "sources/site.yaml": """\
source: Site, "our own" / ..
trust: BROWSER
enabled: false
smsOptInTrait: sms ok
whatsappOptInTrait: whatsapp ok
destinations: [Tauben 🕊, Texts]
""",
    "team/replies.yml": "source: Replies\nsharedSecret: env:KEY\npathKeyAllowed: true\n",
    "destinations/texts.yaml": """\
destination: Texts
definition: twilio-engage
enabled: false
channelsOff: [WHATSAPP, MMS]
settings:
  accountSid: AC00000000000000000000000000000051
  apiKeySid: SK00000000000000000000000000000051
  apiKeySecret: env:KEY
  authToken: env:TOKEN
  sharedKey: env:KEY
  callbackSecret: env:TOKEN
  region: IE1
  webhookUrl: https://example.com/hooks?a=b
  webhookEvents: [delivery.failed, delivery.accepted]
  defaultSender: "+12025550100"
  shortenLinks: false
  connectionOverrides: rp=4xx&rc=2
  defaultCountry: US
  dltEntityId: "0123"
  spaceId: spa_1
  sourceId: no
  profileApiEnvironment: production
  profileApiAccessToken: env:TOKEN
  profileApiRegion: us-west-2
policy:
  allowedCountries: [us, CA, IN]
  quietHoursStart: 22:30
  quietHoursEnd: 7:05
  timeZone: America/New_York
  dailyMessageLimit: 0
  perRecipientDailyLimit: 3
  perRecipientWeeklyLimit: 9
  optOutWords: false
  doubleOptIn: true
  confirmationMapping: Ask
  stopConfirmation: "You will get no more texts from us."
  inboundSource: Replies
  inboundSourceEvents: [MESSAGE_RECEIVED, MESSAGE_FAILED]
  messagesPerSecond: {SHORT_CODE: 100.0, "+12025550100": 0.5}
  mmsFallback: SUPPRESS
  requireDltForIndia: true
  retryUndelivered: true
  uncertain: EXPIRE
  testNumbers: ["+1 (202) 555-0142", "+12025550141"]
""",
    "destinations/pigeons.yaml": """\
destination: Tauben 🕊
definition: pigeon-post
settings: {loft: LF1, speed: FAST, insured: false, home: "+15550001111", country: US}
policy: {allowedCountries: []}
""",
    "mappings/ask.yaml": """\
mapping: Ask
destination: Texts
action: sendSms
trigger: type = "identify"
purpose: TRANSACTIONAL
fields:
  send: true
  from: "+12025550100"
  body: "Reply YES to get our texts."
""",
    "mappings/order.yaml": """\
mapping: Order / ..
destination: Texts
action: sendWhatsApp
trigger: event = "Order Completed" and properties.total > 10
cancelTrigger: event = "Order Canceled"
purpose: TRANSACTIONAL
maxAgeSeconds: 600
allowBrowserEvents: true
allowImport: true
enabled: false
fields:
  send: true
  from: whatsapp:+12025550100
  contentSid: HX00000000000000000000000000000051
  contentVariables:
    2: {"@path": $.properties.order_id}
    "1":
      "@if":
        exists: {"@path": $.traits.name}
        then: {"@path": $.traits.name}
        else: no
""",
    "mappings/order-2.yaml": """\
mapping: order - ..
mode: SHADOW
destination: Tauben 🕊
action: sendNote
fields:
  send: true
  body: |
    Grüße, 你好 🕊

      it's 21:00
    yes
  externalIds: []
""",
}
