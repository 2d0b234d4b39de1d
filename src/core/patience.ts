/**
 * What was asked for, or what `otherwise` says once so many ms are over. What was asked for goes on; nobody waits for
 * it.
 */
export async function within<T, O>(ms: number, asked: Promise<T>, otherwise: () => O): Promise<T | O> {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<void>(resolve => {
    timer = setTimeout(resolve, ms)
  })
  return Promise.race([asked, over.then(otherwise)]).finally(() => clearTimeout(timer))
}
