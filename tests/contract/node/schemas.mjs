// The schemas of the events and their examples, in another validator than ours.
// node schemas.mjs <folder>; prints as JSON what was compiled, what held, and what should not have.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";

const folder = process.argv[2];
const read = (...path) => JSON.parse(readFileSync(join(folder, ...path), "utf8"));
const ajv = new Ajv2020({ strict: true, allErrors: true, validateFormats: false });
ajv.addVocabulary(["x-compartment"]); // says which sealed box a ciphertext is; it restricts nothing

const found = { schemas: [], examples: 0, refusedExamples: [], mutants: 0, passedMutants: [] };
for (const name of readdirSync(folder).filter((each) => /^(vn\.|sealed\.)/.test(each))) {
  const schema = read(name);
  const holds = ajv.compile(schema);
  found.schemas.push(name);
  const example = read("examples", name);
  const value = name.startsWith("vn.") ? example.data : example;
  found.examples += 1;
  if (!holds(value)) found.refusedExamples.push(`${name}: ${ajv.errorsText(holds.errors)}`);
  for (const field of schema.required ?? []) {
    const { [field]: _, ...mutant } = value;
    found.mutants += 1;
    if (holds(mutant)) found.passedMutants.push(`${name} without ${field}`);
  }
}
console.log(JSON.stringify(found));
