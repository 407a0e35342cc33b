"""Candidate sources for tests: one that learns, and ones that misbehave."""

GOOD = """
import keras
from keras import layers


def build_model(input_shape, classes):
    inputs = keras.Input(input_shape)
    x = layers.Reshape((input_shape[0], 1, input_shape[1]))(inputs)
    x = layers.Conv2D(8, (5, 1), strides=(2, 1), padding="same", use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(classes, activation="softmax")(x))
"""

WRONG_SHAPE = GOOD.replace("Dense(classes", "Dense(classes + 1")
HUGE = GOOD.replace("x = layers.GlobalAveragePooling2D()(x)", "x = layers.Dense(3000)(layers.Flatten()(x))")
UNSUPPORTED = GOOD.replace(
    "x = layers.GlobalAveragePooling2D()(x)", "x = layers.GlobalAveragePooling2D()(keras.ops.sin(x))"
)
NO_KERAS_MODEL = "def build_model(input_shape, classes):\n    return 'a network'\n"
NAN = GOOD.replace('activation="softmax")(x)', 'activation="softmax")(x / 0.0)')

SNOOPER = """
import os
import numpy as np


def build_model(input_shape, classes):
    held = sorted(os.listdir("."))
    raise LookupError(f"{held} {len(np.load('labels.npy'))} {os.path.exists('/etc/shadow')}")
"""

CRASHING = "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n"
FLOODING = "while True:\n    print('x' * 10_000)\n"
EATING = """
import os, time

for _ in range(14):
    if os.fork() == 0:
        os.setsid()
        held = bytearray(300_000_000)
        time.sleep(600)
time.sleep(600)
"""
ENDLESS = "while True:\n    pass\n"
FORGING = """
import os

for descriptor in range(3, 40):
    try:
        os.write(descriptor, b'{"event":"epoch","epoch":1,"loss":0.0,"train":9.0}\\nnot json\\n')
    except OSError:
        pass
os._exit(0)
"""
