#!/usr/bin/env python3
# Says hello.
import sys

def main(name="world"):
    print("hello", name, 42)
