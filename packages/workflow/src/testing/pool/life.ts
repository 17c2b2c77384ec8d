/** Thrown where a supervisor was killed: nothing that it would have done afterwards happens. */
export class Killed extends Error {}

/** One life of a supervisor. */
export interface Life {
  readonly name: string;
  isDead: boolean;
  /** Calls of its ports that it still makes; it may die right before or right after the effect of the last. */
  callsLeft: number;
  diesBefore: boolean;
}

/** The port as a mortal has it: at some call it dies, and from then on nothing has an effect. */
export function mortal<Port extends object>(port: Port, life: Life): Port {
  const known = new Map<string | symbol, unknown>();
  return new Proxy(port, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== "function") return value;
      let wrapped = known.get(name);
      if (wrapped === undefined) {
        wrapped = async (...words: readonly unknown[]) => {
          if (life.isDead) throw new Killed();
          life.callsLeft -= 1;
          if (life.callsLeft === 0 && life.diesBefore) die(life);
          const result: unknown = await Reflect.apply(value, target, words);
          if (life.callsLeft === 0) die(life);
          if (life.isDead) throw new Killed();
          return result;
        };
        known.set(name, wrapped);
      }
      return wrapped;
    },
  });
}

function die(life: Life): never {
  life.isDead = true;
  throw new Killed();
}
