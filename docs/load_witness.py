#!/usr/bin/env python3
"""Loads a witness directory (docs/witness-format.md) and prints its tables.

Usage: load_witness.py DIRECTORY. Needs Python 3.11 and polars, or pyarrow (to which pandas is one call away).
"""
import pathlib
import sys
import tomllib


def read_table(path):
    """The table at `path`: a polars or a pyarrow table, whichever is installed."""
    try:
        import polars
    except ImportError:
        import pyarrow.ipc
        # pandas: pyarrow.ipc.open_file(path).read_all().to_pandas()
        return pyarrow.ipc.open_file(str(path)).read_all()
    return polars.read_ipc(path)


def load_witness(directory):
    """The manifest and a dictionary from names to tables."""
    directory = pathlib.Path(directory)
    manifest = tomllib.loads((directory / "manifest.toml").read_text())
    tables = {table["name"]: read_table(directory / table["file"]) for table in manifest["tables"]}
    return manifest, tables


def main():
    manifest, tables = load_witness(sys.argv[1])
    print(f"program {manifest['program']}, {manifest['steps']} steps, outcome {manifest['outcome']}")
    for record in manifest["tables"]:
        table = tables[record["name"]]
        rows = len(table)
        if rows != record["rows"]:
            sys.exit(f"{record['name']}: {rows} rows, the manifest says {record['rows']}")
        columns = ", ".join(column["name"] for column in record["columns"])
        print(f"{record['name']}: {rows} rows ({columns})")


if __name__ == "__main__":
    main()
