// Types of the events for readers in TypeScript, made by AsyncAPI's own generator.
// node events.mjs <asyncapi.yaml> <types.ts>; prints the names of the types, one a line.
import { writeFileSync } from "node:fs";
import { TypeScriptGenerator } from "@asyncapi/modelina";
import { fromFile, Parser } from "@asyncapi/parser";

const [, , source, target] = process.argv;
const { document, diagnostics } = await fromFile(new Parser(), source).parse();
if (!document) {
  for (const found of diagnostics) console.error(found.path.join("/"), found.message);
  process.exit(1);
}
const models = await new TypeScriptGenerator({ modelType: "interface" }).generate(document);
writeFileSync(target, models.map((model) => `export ${model.result}`).join("\n\n"));
for (const model of models) console.log(model.modelName);
