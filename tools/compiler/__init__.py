"""int8 .tflite to C that needs no runtime."""
