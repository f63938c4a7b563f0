/** Lines of paper between the last dot and the tear bar or the cutter, where nothing feeds. */
export const tearLines = 5
