// Compiles token.sol to the creation code in token.hex: `npm install solc@0.8.30 && node compile.js`.
const fs = require("fs");
const path = require("path");
const solc = require("solc");

const file = (name) => path.join(__dirname, name);
const input = {
  language: "Solidity",
  sources: { "token.sol": { content: fs.readFileSync(file("token.sol"), "utf8") } },
  settings: {
    evmVersion: "cancun",
    metadata: { appendCBOR: false },
    optimizer: { enabled: true, runs: 1000 },
    outputSelection: { "*": { "*": ["evm.bytecode.object"] } },
  },
};
const output = JSON.parse(solc.compile(JSON.stringify(input)));
if (output.errors) throw new Error(output.errors.map((error) => error.formattedMessage).join("\n"));
fs.writeFileSync(file("token.hex"), output.contracts["token.sol"].Token.evm.bytecode.object + "\n");
