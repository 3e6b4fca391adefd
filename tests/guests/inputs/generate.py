#!/usr/bin/env python3
"""Writes the documents in this folder; the same bytes every time."""

import datetime
import json
import pathlib
import random

HERE = pathlib.Path(__file__).parent
FIRST = "Ada Björn Chen Dmitri Élodie Fatima Grace Hiroshi Ingrid João Katarína Liam Mei Noor Olga Pavel".split()
LAST = "Lovelace Ångström Wang Ivanov Lefèvre Haddad Hopper Satō Müller Silva Nováková Murphy Lin Khan Petrova".split()
CITIES = {"Zürich": (47.3769, 8.5417), "São Paulo": (-23.5505, -46.6333), "北京": (39.9042, 116.4074),
          "New York": (40.7128, -74.0060), "Łódź": (51.7592, 19.4560), "Nairobi": (-1.2921, 36.8219)}
ADJECTIVES = "steel wooden folding waterproof wireless organic 12\" refurbished left-handed \"smart\"".split()
NOUNS = "kettle lamp keyboard tent notebook chair cable backpack clock grinder".split()
NOTES = ["Leave at the door,\nplease.", "Call first \u2014 bell is broken \U0001f514", "C:\\gifts\\wrapped", "tab\tseparated", ""]
START = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)


def customer(rng, number, customers):
    first, last = rng.choice(FIRST), rng.choice(LAST)
    city, (latitude, longitude) = rng.choice(list(CITIES.items()))
    return {
        "id": number,
        "name": f"{first} {last}",
        "email": f"{number}.{last.lower()}@example.org",
        "address": {
            "street": f"{rng.randint(1, 300)} {rng.choice(LAST)} Street",
            "city": city,
            "location": {"latitude": round(latitude + rng.gauss(0, 0.1), 6), "longitude": round(longitude + rng.gauss(0, 0.1), 6)},
        },
        "newsletter": rng.random() < 0.4,
        "referrer": rng.choice([None, rng.randint(1, customers)]),
    }


def order(rng, number, customers):
    placed = START + datetime.timedelta(seconds=rng.randint(0, 366 * 86400))
    return {
        "id": f"{rng.getrandbits(64):016x}",
        "number": number,
        "customer": rng.randint(1, customers),
        "placed": placed.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "status": rng.choice(["pending", "paid", "shipped", "returned", "cancelled"]),
        "items": [
            {
                "sku": f"{rng.choice('ABCDEF')}{rng.randint(1000, 9999)}-{rng.randint(10, 99)}",
                "title": f"{rng.choice(ADJECTIVES)} {rng.choice(NOUNS)}",
                "quantity": rng.randint(1, 9),
                "unit_price_cents": rng.randint(99, 250_000),
                "discount": rng.choice([None, None, None, 0.05, 0.125, 0.2]),
            }
            for _ in range(rng.randint(1, 5))
        ],
        "note": rng.choice(NOTES),
    }


def log_line(rng, time):
    host = ".".join(str(rng.randint(1, 254)) for _ in range(4))
    method = rng.choice(["GET", "GET", "GET", "POST", "PUT", "DELETE"])
    path = rng.choice(["/", "/index.html", f"/orders/{rng.randint(1, 9999)}", f"/customers/{rng.randint(1, 200)}/orders",
                       f"/search?q={rng.choice(NOUNS)}&page={rng.randint(1, 40)}", "/static/app.min.js", "/../../etc/passwd"])
    status = rng.choice([200, 200, 200, 204, 301, 304, 400, 403, 404, 500, 503])
    user = rng.choice(["-", "-", f"{rng.choice(FIRST).lower()}@example.org"])
    agent = rng.choice(["Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "curl/8.9.1",
                        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.5 Safari/605.1.15"])
    stamp = time.strftime("%d/%b/%Y:%H:%M:%S +0000")
    return f'{host} - {user} [{stamp}] "{method} {path} HTTP/1.1" {status} {rng.randint(0, 90_000)} "-" "{agent}"'


def shop(rng, customers, orders):
    document = {
        "generated": "2025-01-01T00:00:00Z",
        "customers": [customer(rng, number, customers) for number in range(1, customers + 1)],
        "orders": [order(rng, number, customers) for number in range(1, orders + 1)],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def main():
    rng = random.Random(2024)
    (HERE / "orders.json").write_text(shop(rng, 120, 300), encoding="utf-8")
    (HERE / "few-orders.json").write_text(shop(rng, 4, 8), encoding="utf-8")
    lines = [log_line(rng, START + datetime.timedelta(seconds=17 * number)) for number in range(1200)]
    (HERE / "access.log").write_text("\n".join(lines) + "\n", encoding="utf-8")


main()
