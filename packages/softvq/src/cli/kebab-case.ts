/** A name as flags are spelled: `optimizer.learning-rate` of `optimizer.learningRate`. */
export function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
