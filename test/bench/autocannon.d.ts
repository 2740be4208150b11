declare module 'autocannon' {
  interface Run {
    readonly non2xx: number;
    readonly errors: number;
    readonly start: Date;
    readonly finish: Date;
  }
  export default function autocannon(options: object): Promise<Run>;
}
