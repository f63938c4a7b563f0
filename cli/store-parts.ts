/**
 * What `vafa init --with` adds to a store: tills over HTTP, tills over MQTT, a terminal that runs `vafa agent`, pages in a
 * browser (the cashier's screen, and a kiosk with a reader of its own).
 */
export const storeParts = ['http', 'mqtt', 'agent', 'pages'] as const
export type StorePart = (typeof storeParts)[number]
