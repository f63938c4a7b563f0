/** How the person at the keyboard calls `vafa`: by npx in a checkout, by itself where the package put it. */
export const called = process.env.VAFA_CALLED ?? 'npx vafa'
