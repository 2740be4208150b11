/** An error whose message is all that the person at the terminal needs: no stack is printed. */
export abstract class PlainError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}
