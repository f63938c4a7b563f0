/** What `vafa init --with` adds to a store: tills over HTTP, tills over MQTT, a terminal that runs `vafa agent`. */
export const storeParts = ['http', 'mqtt', 'agent'] as const
export type StorePart = (typeof storeParts)[number]
