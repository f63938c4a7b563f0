/** Whether a topic fits a filter (MQTT 3.1.1, section 4.7). */
export function topicMatcher(filter: string): (topic: string) => boolean {
  const levels = filter.split('/')
  return (topic) => {
    if (topic.startsWith('$')) return false
    const given = topic.split('/')
    for (const [index, level] of levels.entries()) {
      if (level === '#') return true
      if (given[index] === undefined || (level !== '+' && level !== given[index])) return false
    }
    return given.length === levels.length
  }
}
