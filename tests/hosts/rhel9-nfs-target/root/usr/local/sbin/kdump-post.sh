#!/bin/sh
logger "dump ended with $1"
